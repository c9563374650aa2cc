"""What holds for some people of a practice until a human of that practice ends it: an alarm, an age under 16."""
