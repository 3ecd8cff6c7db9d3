CREATE TABLE tenancy.imports (
    name text NOT NULL,
    sha256 text NOT NULL,
    imported_at timestamptz NOT NULL DEFAULT now(),
    imported_by text NOT NULL,
    CONSTRAINT imports_pkey PRIMARY KEY (name, sha256)
)
----
COMMENT ON TABLE tenancy.imports IS 'the exports that were taken over here, noted in the transaction that did it'
