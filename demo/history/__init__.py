"""Ninety days of the college's business: whoever opens the demo finds lists, closes and reports with content."""
