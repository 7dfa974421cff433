"""The common language: contracts, vocabulary, identifiers, the delivery, dated data, settings, errors."""
