"""How the table is asked: generators of steps, what drives them, and what can go wrong."""
