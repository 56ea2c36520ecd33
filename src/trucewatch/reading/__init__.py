"""Reading: from a transcript to who is said to have done what, one step a file."""
