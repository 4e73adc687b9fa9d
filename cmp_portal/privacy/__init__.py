"""What the Ley 29733 asks for: a copy of one's own data, and nothing kept longer than it is needed."""
