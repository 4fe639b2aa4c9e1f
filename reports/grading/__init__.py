"""Grading: a key, the marks that follow from Runs under it, and every output that an instructor hands on.

key file -> Key                      (key, key_reader, variants; `propose` writes one from a model solution)
Run + Key -> located answers         (locate), compared with the key by the product's own engine (compare)
Run + Key + agreements -> marks      (marking, overrides): a pure function
marks -> index, feedback, gradebooks (index_page, feedback, gradebook, exports, worksheet)
"""
