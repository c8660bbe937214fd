"""The map of the course, for notebook 00."""

from .curves import show_flow

PLACES = {
    "01 correlation": (0, 1),
    "02 learning\na kernel": (1.6, 0),
    "03 padding,\nstride": (1.6, 2),
    "04 channels": (3.2, 1),
    "05 1×1": (4.8, -0.5),
    "06 Conv2d,\nnn.Module": (4.8, 0.5),
    "07 kinds of\nconvolution": (6.4, -0.5),
    "08 pooling": (4.8, 1.6),
    "09 transposed": (4.8, 2.7),
    "10 upsampling": (6.4, 2.7),
    "11 LeNet": (6.4, 1.6),
    "12 spot\nthe bug": (8, 1.6),
    "13 image\nto image": (8, 2.7),
}
ARROWS = (
    "01 02", "01 03", "02 11", "03 04", "04 05", "04 06", "04 08", "04 09", "05 07", "08 10", "08 11", "09 10",
    "10 13", "11 12", "11 13",
)  # fmt: skip


def show_course_map() -> None:
    """Draw the lessons; an arrow leads from a lesson to one that needs it."""
    labels = {label[:2]: label for label in PLACES}
    show_flow(PLACES, [tuple(labels[number] for number in arrow.split()) for arrow in ARROWS], size=(9, 4.2))
