"""Where a deployment keeps data: databases, cache, blobs, secrets."""
