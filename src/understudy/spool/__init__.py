"""Sealed segments on disk, the key store, the contributor's identity. Only sealed bytes and wrapped keys come here.

`writer` and `reader` handle one recording's folder, `recordings` the spool as a whole, `keystore` the wrapped keys
(never beside the segments), `identity` the contributor's and the device's own keys, `lock` keeps two recorders apart.
"""
