"""The products: what people come for, each built on the kernel and none on another."""
