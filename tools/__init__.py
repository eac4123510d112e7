"""What the project's people and tests run beside the service; never part of it."""
