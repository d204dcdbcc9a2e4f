"""The training loop: configuration, batches, loss, EMA, schedule, validation and curves."""
