"""Digests of text and bytes, which must stay what they are: stores are found by them."""

from hashlib import blake2b

from hypothesis import example, given
from hypothesis import strategies as st

from causal_dask.keys.hashing import digest

texts = st.text(st.characters(exclude_categories=()), max_size=200)
parts = st.lists(st.one_of(texts, st.binary(max_size=200)))


@given(parts)
@example(["a" * 127])
@example(["a" * 128, "b"])
@example(["ä", ""])
@example([b"a", "a"])
def test_a_digest_is_over_each_part_after_its_length_in_eight_bytes(parts):
    contents = [p if isinstance(p, bytes) else p.encode("utf-8", "surrogatepass") for p in parts]
    framed = b"".join(len(c).to_bytes(8, "little") + c for c in contents)
    assert digest(*parts) == blake2b(framed, digest_size=16).hexdigest()
