"""Who is on duty, what waits for whom, and by when: rota, hand-over, escalation."""
