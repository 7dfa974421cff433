"""What levels weigh, and how it is learnt: m and u probabilities, prior, thresholds moved by clerks."""
