package plan

// chainBroken reports whether a copy has failed to build on the newest snapshot that both sides have, in a way that repeats
// for ever (MarkBroken). Another newest common snapshot is another chain, and is tried.
func (b builder) chainBroken(replica Holding, effect Effect) bool {
	mark := replica.Config[MarkBroken]
	return mark != "" && len(effect.Shared) > 0 && effect.Shared[len(effect.Shared)-1].Name == mark
}

// Suspected is what MarkBroken says after the first such failure of an object that other configs copy, too: what they take and prune
// meanwhile can break a single copy. It is no snapshot's name, so the next run tries again.
func Suspected(base string) string { return "once: " + base }

// Continuable reports whether what the source has can be sent to the replica as far as names and dates tell. Where it can and the
// servers all the same can't find the snapshot to build on, the chain itself is broken: the data goes by identities
// that a reversed copy has changed (seen on 6.0.4), and it will be so again with every try.
func Continuable(source, replica []Snapshot) bool {
	effect := Refresh(source, replica)
	return len(effect.Shared) > 0 && sendable(source, effect.Sends)
}
