"""The log's own stream: its epochs; later its checkpoints and what was kept back. Only here do events hold positions."""
