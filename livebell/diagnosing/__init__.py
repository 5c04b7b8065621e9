"""What `livebell doctor` looks at: each check gives findings: what is wrong, and how to mend it."""
