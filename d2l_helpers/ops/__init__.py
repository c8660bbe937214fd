"""The operations that the lessons build, vectorized: one step per kernel cell, where the loop in a lesson takes one per
output cell. Every index comes from `Window`; all of them work on any device, and gradients flow through."""
