"""The character language model: n-grams counted in the training part of the texts."""
