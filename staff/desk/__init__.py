"""The desk's first questions: who is this physician, what is owed, what was paid, what was written."""
