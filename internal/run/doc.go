// Package run carries a plan out: phase by phase over all items, a bounded number side by side, and an item stops at
// its first failure, so nothing of an object is ever deleted after something about it failed.
package run
