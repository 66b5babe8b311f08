print(eval("+".join(input().split())))  # noqa: S307 - as a stranger writes it
