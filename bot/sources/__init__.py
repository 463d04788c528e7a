"""Where episodes come from: feeds, folders and pages. feedparser lives here alone."""
