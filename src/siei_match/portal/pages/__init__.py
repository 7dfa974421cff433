"""The pages: each a function from a request that was let through to an answer."""
