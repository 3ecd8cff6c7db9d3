-- Keys of the side that issues tokens, as the two padded blocks of HMAC (RFC 2104). Nobody but the owner reads them.
CREATE TABLE IF NOT EXISTS tenancy.signing_keys (
    id text NOT NULL,
    inner_key bytea NOT NULL,
    outer_key bytea NOT NULL,
    added_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT signing_keys_pkey PRIMARY KEY (id),
    CONSTRAINT signing_keys_length_check CHECK (length(inner_key) = 64 AND length(outer_key) = 64)
)
----
COMMENT ON TABLE tenancy.signing_keys IS 'keys that tokens of tenant contexts may be signed with, by key id'
----
CREATE TABLE IF NOT EXISTS tenancy.seal_key (
    inner_key bytea NOT NULL,
    outer_key bytea NOT NULL,
    only_row boolean NOT NULL DEFAULT true,
    CONSTRAINT seal_key_pkey PRIMARY KEY (only_row),
    CONSTRAINT seal_key_only_row_check CHECK (only_row)
)
----
COMMENT ON TABLE tenancy.seal_key IS 'the key of this database by which it knows its own seals again; made here, never leaves'
----
-- Two blocks by chance are as good as one key padded twice: gen_random_uuid() gives 122 bits from the strong source.
INSERT INTO tenancy.seal_key (inner_key, outer_key)
    SELECT string_agg(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())), ''),
           string_agg(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())), '')
    FROM generate_series(1, 2) HAVING NOT EXISTS (SELECT FROM tenancy.seal_key)
