"""The blobs of storage accounts, and the few operations of Blob Storage's own API that jobs need: no more than those.

A container is a resource of the stand-in, what lies in it is files of the sandbox's home. Not here: versions, soft
delete of blobs, immutability, tiers, leases, append and page blobs, keys and shared access signatures.
"""
