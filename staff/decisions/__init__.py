"""What a decision changes, computed by the rules that carry it out."""
