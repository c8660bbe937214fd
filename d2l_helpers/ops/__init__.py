"""The operations that the lessons build, vectorized: every index comes from `Window`.

The loop that teaches stands in the notebooks; these take one step per kernel cell instead of one per output cell. All of
them work on any device, and gradients flow through.
"""
