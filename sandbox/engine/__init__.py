"""A deployment engine that runs the unchanged Pulumi program without the Pulumi CLI.

It serves Pulumi's public protocol (ResourceMonitor and Engine over gRPC) to the program, calls resource providers
through ResourceProvider, and keeps state as a Pulumi deployment, version 3, in the CLI's own file layout. Where this
engine and the CLI differ, the CLI is right.

`operations` is the way in. `model` holds the words, `storage` the state on disk, `providers` the way to resources;
`program` runs the user's program, `protocol` answers it, `planning` turns what it asks for into steps, `execution`
carries them out.
"""
