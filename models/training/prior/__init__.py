"""The prior: which characters follow which, made from what is spelled in training."""
