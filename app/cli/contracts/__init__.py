"""What producers and consumers may rely on: the pages made of the schemas, and the gate that keeps
a major version compatible.
"""
