"""Expression tree, reader, context, laws, derivations, and the lowering of expressions to callables."""
