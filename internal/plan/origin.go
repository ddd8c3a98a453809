package plan

import "slices"

// Marks of a replica that say what it was made of.
const (
	MarkOrigin   = "user.iab.origin"   // the ref of its object on the source at the last copy
	MarkIdentity = "user.iab.identity" // that object's identity; absent where it has none
)

// identityKey is the key in which a server keeps what stays the same of an object when it is renamed or moved. Copies get another one.
// Custom volumes have none (seen on 6.0.4).
const identityKey = "volatile.uuid"

// OriginMarks are the marks that a copy writes on the replica of an object with that config. An empty one is taken away.
func OriginMarks(ref Ref, source map[string]string) map[string]string {
	return map[string]string{MarkOrigin: ref.String(), MarkIdentity: source[identityKey]}
}

// Origin returns the ref of the source's object that a replica of the target was made of, as far as the replica tells: with the
// project and the pool of the source, and the name of the replica.
func Origin(replica Ref, holding Holding) Ref {
	if origin, ok := ParseRef(holding.Config[MarkOrigin]); ok && origin.Kind == replica.Kind {
		replica.Project, replica.Pool = origin.Project, origin.Pool
	}
	return replica
}

// AddOrigins adds to the scope the pools of the source that replicas of this config tell of and that have not been read, and reports
// whether there are any.
func AddOrigins(scope *Scope, inv Inventory, identity string) bool {
	added := false
	for ref, h := range inv.Target.Holdings {
		pool := Origin(ref, h).Pool
		if _, read := inv.Source.Pools[pool]; pool == "" || read || h.Config[MarkReplicaOf] != identity || slices.Contains(scope.Pools.Source, pool) {
			continue
		}
		scope.Pools.Source = append(scope.Pools.Source, pool)
		added = true
	}
	slices.Sort(scope.Pools.Source)
	return added
}
