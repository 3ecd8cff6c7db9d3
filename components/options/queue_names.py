"""Names of queues that follow from others: plain words, no Azure in it, so that data may use them."""


def poison(queue: str) -> str:
    """The queue for messages of another that nobody could work off."""
    return f"{queue}-poison"
