"""WHAT TOGETHER: the deployments of the platform, built from components; what crosses between them is typed.

Importing this package imports no Azure SDK: only the modules that declare resources do.
"""
