"""The training loop: where batches come from, the loss, the average, the schedule, the curves."""
