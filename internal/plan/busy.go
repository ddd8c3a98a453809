package plan

// whyBusy warns of a replica that is being worked on.
const whyBusy = "a copy that an earlier run began is still going on: a run waits for it first, then plans anew"

// busy reports whether operations work on the replica of a job: those that an earlier run has left, as servers finish a copy
// between them when nobody waits for it any more. What is not a replica of this config is not waited for.
func (b builder) busy(job Job, obstacle *problem) bool {
	if !b.inv.Target.Busy[job.Replica()] {
		return false
	}
	replica, _ := b.holding(job, Target)
	return obstacle == nil || b.opts.Identity != "" && replica.Config[MarkReplicaOf] == b.opts.Identity && replica.Config[MarkRole] == RoleReplica
}

// unsettled returns why nothing is done to a job whose replica has been waited for, or nil: it is busy still, or nobody knows how
// what went on there has ended.
func (b builder) unsettled(job Job, busy bool) *problem {
	switch failure := b.opts.Waited[job.Ref]; {
	case b.opts.Waited == nil:
		return nil
	case failure != "":
		return &problem{failure, "see both servers; nothing was changed, and the next run waits again"}
	case busy:
		return &problem{"an operation still works on the replica on the target",
			"see `incus operation list` there, and the network between both servers; the next run waits for it. What never ends goes with a restart of the server"}
	}
	return nil
}

// markBusy says of an item that its replica is being worked on, and what a run does about it.
func (item *Item) markBusy(waited bool) {
	item.Busy = true
	if !waited {
		item.Warnings = append(item.Warnings, whyBusy)
	}
}

// Busy lists the jobs whose replicas are being worked on.
func (p Plan) Busy() []Job {
	var list []Job
	for _, item := range p.Items {
		if item.Busy {
			list = append(list, item.Job)
		}
	}
	return list
}
