"""`livebell replay`: a recorded live blog, played back as a page that grows."""
