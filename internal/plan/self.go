package plan

// Self is what is known of the instance that IAB itself runs in. The zero value: it runs in none.
type Self struct {
	ID   string // its instance-id; "" if only the name is known
	Name string
}

// instanceID is the key in which a server keeps what it tells an instance as its instance-id.
const instanceID = "volatile.cloud-init.instance-id"

// runsIn reports whether IAB runs in the object, as far as that is known. A replica may bear the instance-id of its source, so
// only what runs counts. An object without an instance-id is known by its name, which is also what its server tells it then.
func (s Self) runsIn(ref Ref, h Holding) bool {
	if !h.Running {
		return false
	}
	if id := h.Config[instanceID]; s.ID != "" && id != "" {
		return id == s.ID
	}
	return s.Name != "" && s.Name == ref.Name
}

// spare turns the stop or freeze of what IAB runs in into a snapshot of the running object, since nobody would be left to start or resume
// it. It returns a warning for each of these jobs.
func spare(jobs []Job, source Server, self Self) map[Ref]string {
	warnings := map[Ref]string{}
	for i, job := range jobs {
		if job.Consistency == Crash || !self.runsIn(job.Ref, source.Holdings[job.Ref]) {
			continue
		}
		done := "stopped"
		if job.Consistency == Freeze {
			done = "frozen"
		}
		jobs[i].Consistency = Crash
		warnings[job.Ref] = "IAB runs in it: it is not " + done + " for its snapshot, which is taken while it runs"
		if self.ID == "" {
			warnings[job.Ref] = "it has the name of the container that IAB runs in, whose guest API is off: it is not " + done + " for its snapshot, which is taken while it runs"
		}
	}
	return warnings
}
