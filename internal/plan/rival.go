package plan

import (
	"fmt"
	"slices"
	"strings"
)

// rivals finds the jobs that would write to one replica, by its name. Globs may take two volumes of one name in two pools whose
// replicas would lie in one pool.
func rivals(jobs []Job) map[Ref][]Job {
	writers := map[Ref][]Job{}
	for _, job := range jobs {
		writers[job.Replica()] = append(writers[job.Replica()], job)
	}
	for ref, list := range writers {
		if len(list) < 2 {
			delete(writers, ref)
		}
	}
	return writers
}

// rival is the problem of a job whose replica another job would overwrite. An object that the config names in full goes before those that
// a glob takes, and among these the one that the replica was made of; between others nothing is guessed.
func (b builder) rival(job Job) *problem {
	all := b.rivals[job.Replica()]
	named := slices.DeleteFunc(slices.Clone(all), func(j Job) bool { return j.Glob })
	if len(all) == 0 || !job.Glob && len(named) == 1 {
		return nil
	}
	replica, _ := b.holding(job, Target)
	if len(named) == 0 && replica.Config[MarkOrigin] == job.Ref.String() && replica.Config[MarkReplicaOf] == b.opts.Identity {
		return nil
	}
	var others []string
	for _, other := range all {
		if other.Ref != job.Ref {
			others = append(others, other.Ref.String())
		}
	}
	slices.Sort(others)
	return &problem{fmt.Sprintf("its replica on the target would be %s, as that of %s", job.Replica(), strings.Join(others, " and ")),
		"give one of them an entry of its own in the config, with another pool in targetStorage"}
}
