package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"iab/internal/retention"
)

// MarkBase begins the keys by which configs keep, on an object of the source, which snapshot their copies build on: a key for each
// config (see BaseKey), so that several can copy one object, each to a target of its own. No copy of the object has any of them.
const MarkBase = "user.iab.base."

// How long what another config's copies build on is protected after they have last used it, and from when on people are told.
const (
	baseProtected = 30 * 24 * time.Hour
	baseUnused    = 7 * 24 * time.Hour

	// openLasts is how long an open Base stands before it is written anew.
	openLasts = 7 * 24 * time.Hour

	// refreshBegins is how long nothing is pruned on the source after another config has told of a copy: by then the servers have
	// compared what both have, and the replica has lost what the source lacks.
	refreshBegins = 15 * time.Minute
)

// Base is what a config keeps on an object of the source about its copies to one target.
type Base struct {
	Config   string    `json:"config"`             // uuid of the config
	Target   string    `json:"target"`             // the target's name in that config
	Address  string    `json:"address"`            // its URL there
	Snapshot string    `json:"snapshot,omitempty"` // what the next copy builds on; none: no copy has ever been whole
	Pending  string    `json:"pending,omitempty"`  // what is on its way, or was when a copy ended
	Refresh  bool      `json:"refresh,omitempty"`  // to a target that has a replica already
	At       time.Time `json:"at"`                 // when the newer one of both was planned
	Used     time.Time `json:"used"`               // when this was written, by the clock of that IAB

	// Open: when it was written, no other config copied the object, so the copies that came after it were not written down, for up
	// to openLasts. What they build on may be any snapshot, and other configs prune none on the source. The config notices them by
	// their keys, and its next copy writes which one it is.
	Open bool `json:"open,omitempty"`
}

// BaseKey is the config key of a config's Base. A uuid that can't be a part of a key as it is stands there as its hash.
func BaseKey(identity string) string {
	plain := func(r rune) bool {
		return r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	}
	if strings.ContainsFunc(identity, func(r rune) bool { return !plain(r) }) {
		sum := sha256.Sum256([]byte(identity))
		identity = hex.EncodeToString(sum[:16])
	}
	return MarkBase + identity
}

// Mark is the value of a Base in a config key.
func (b Base) Mark() string {
	b.At, b.Used = b.At.UTC().Truncate(time.Second), b.Used.UTC().Truncate(time.Second)
	text, _ := json.Marshal(b) // strings and times always encode
	return string(text)
}

// ParseBase reads the value of a key; ok is false if a person has changed it into something else.
func ParseBase(mark string) (base Base, ok bool) {
	err := json.Unmarshal([]byte(mark), &base)
	return base, err == nil && base.Config != "" && !base.Used.IsZero()
}

// BaseOf returns what a config has kept on an object of the source; ok is false if that is nothing, or can't be read.
func (h Holding) BaseOf(identity string) (base Base, ok bool) {
	if identity == "" {
		return Base{}, false
	}
	return ParseBase(h.Config[BaseKey(identity)])
}

// Bases returns what other configs have kept on an object of the source, sorted, and the keys of those that can't be read.
func (h Holding) Bases(identity string) (others []Base, unread []string) {
	for key, value := range h.Config {
		if !strings.HasPrefix(key, MarkBase) || identity != "" && key == BaseKey(identity) {
			continue
		}
		if base, ok := ParseBase(value); ok && BaseKey(base.Config) == key {
			others = append(others, base)
		} else {
			unread = append(unread, key)
		}
	}
	slices.SortFunc(others, func(a, b Base) int { return strings.Compare(a.Config, b.Config) })
	slices.Sort(unread)
	return others, unread
}

// Needs reports whether the config's copies need the snapshot on the source, or may do so.
func (b Base) Needs(snapshot string) bool {
	return snapshot != "" && (b.Open || snapshot == b.Snapshot || snapshot == b.Pending)
}

// Beginning reports whether a copy to a replica is announced that may not have begun yet: what the source loses now, that replica loses.
func (b Base) Beginning() bool { return b.Pending != "" && b.Refresh }

// inUse reports whether a base is protected: it may have been used within the last 30 days.
func (b Base) inUse(now time.Time) bool { return now.Sub(b.lastUsed()) <= baseProtected }

// lastUsed is the last moment at which copies may have used a base.
func (b Base) lastUsed() time.Time {
	if b.Open {
		return b.Used.Add(openLasts)
	}
	return b.Used
}

// whose names a base for people.
func (b Base) whose() string { return fmt.Sprintf("the copies to %s (config %s)", b.Target, b.Config) }

// BaseWarnings tells of what other configs' copies to their targets have not used for long, and of keys that nobody can read.
func (h Holding) BaseWarnings(identity string, now time.Time) []string {
	var warnings []string
	others, unread := h.Bases(identity)
	for _, base := range others {
		unused, remove := now.Sub(base.lastUsed()), "if that target is given up, take the key "+BaseKey(base.Config)+" from the object on the source"
		days := fmt.Sprintf("%d days", int(unused/(24*time.Hour)))
		if base.Open {
			days = "at least " + days
		}
		switch {
		case unused > baseProtected:
			warnings = append(warnings, fmt.Sprintf("%s have not been made for %s: what they build on is no longer protected, and the next one may have nothing to build on; %s",
				base.whose(), days, remove))
		case unused > baseUnused:
			warnings = append(warnings, fmt.Sprintf("%s have not been made for %s: what they build on is protected until %s; %s",
				base.whose(), days, base.lastUsed().Add(baseProtected).UTC().Format(time.DateOnly), remove))
		case now.Sub(base.Used) < -baseUnused:
			warnings = append(warnings, fmt.Sprintf("%s are dated %s, which is in the future: what they build on is protected until 30 days after; %s",
				base.whose(), base.Used.UTC().Format(time.DateOnly), remove))
		}
	}
	for _, key := range unread {
		warnings = append(warnings, fmt.Sprintf("the key %s can't be read, so nobody knows which snapshot another config needs, and none is deleted on the source; take it away, and the next copy of that config writes it anew", key))
	}
	return warnings
}

// othersInUse lists what other configs' copies of a job's object build on, as far as it is protected.
func (b builder) othersInUse(job Job) []Base {
	source, _ := b.holding(job, Source)
	others, _ := source.Bases(b.opts.Identity)
	return slices.DeleteFunc(others, func(base Base) bool { return !base.inUse(b.opts.Now) })
}

// keepOthers keeps on the source what the copies of other configs build on (invariant 13), and everything where nobody can say what
// that is.
func (b builder) keepOthers(job Job, source []Verdict) {
	others := b.othersInUse(job)
	held, _ := b.holding(job, Source)
	_, unread := held.Bases(b.opts.Identity)
	for i, v := range source {
		var reasons []retention.Reason
		for _, base := range others {
			switch {
			case base.Open:
				if v.Expired {
					reasons = append(reasons, reasonOf(CodeElsewhere, "it may be the base of "+base.whose()+", whose next one will tell")...)
				}
			case base.Needs(v.Snapshot):
				reasons = append(reasons, reasonOf(CodeElsewhere, "base of "+base.whose())...)
			case v.Expired && base.Beginning() && b.opts.Now.Sub(base.Used) < refreshBegins:
				reasons = append(reasons, reasonOf(CodeElsewhere, "one of "+base.whose()+" is just beginning")...)
			}
		}
		if v.Expired && len(reasons) == 0 && len(unread) > 0 {
			reasons = reasonOf(CodeElsewhere, "another config may need it: the key "+unread[0]+" can't be read")
		}
		switch {
		case len(reasons) == 0:
		case v.Expired:
			source[i].Expired, source[i].Reasons = false, reasons
		default:
			source[i].Reasons = slices.Concat(v.Reasons, reasons)
		}
	}
}

// keepRecorded keeps, where nothing is copied, the snapshot that this config's own key names: until the next copy has written it anew
// the other configs protect no newer one.
func (b builder) keepRecorded(job Job, source, target []Verdict) {
	held, _ := b.holding(job, Source)
	base, ok := held.BaseOf(b.opts.Identity)
	if !ok || base.Open || !b.opts.NoCopy {
		return
	}
	common := func(v Verdict) bool { return v.Snapshot == base.Snapshot && v.Archive == "" }
	if !slices.ContainsFunc(source, common) || !slices.ContainsFunc(target, common) {
		return
	}
	for _, verdicts := range [][]Verdict{source, target} {
		for i, v := range verdicts {
			if common(v) && v.Expired {
				verdicts[i] = keepBase(v)
			}
		}
	}
}

// announce marks what other configs have to know before the copy, and what this one has on record: while it goes on they prune the
// source. A first copy, which may take days, is told of as soon as its snapshot is there; a later one, where they copy the object,
// too, right before it: their copies keep the server from writing it down, and it would have to wait for them.
func (b builder) announce(job Job, snapshot, replicate *Action) {
	source, _ := b.holding(job, Source)
	own, _ := source.BaseOf(b.opts.Identity)
	recorded := own.Snapshot
	if own.Open {
		recorded = replicate.Base // the recorded one is older, and may be gone
	}
	switch {
	case replicate.Creates && snapshot != nil:
		snapshot.Announces, snapshot.Recorded = true, recorded
	case source.buildsElsewhere(b.opts.Identity):
		replicate.Announces, replicate.Recorded = true, recorded
	}
}

// note has the object say what the next copy builds on, when this one is done. So long as no other config copies it, nobody reads that: then what
// stands there lets all copies of a week do without (see Base.Open).
func (b builder) note(job Job, replicate *Action) {
	source, _ := b.holding(job, Source)
	own, ok := source.BaseOf(b.opts.Identity)
	replicate.Open = !source.buildsElsewhere(b.opts.Identity)
	age := b.opts.Now.Sub(own.Used)
	stands := ok && own.Open && own.Address == b.opts.Address && age >= 0 && age < openLasts
	replicate.Notes = !replicate.Open || !stands || replicate.Creates
}

// Rescue is a snapshot of the replica that gets an archive before a copy if the source has lost it since the servers were read.
type Rescue struct {
	Snapshot string
	Created  time.Time
	Archive  string

	Lost       bool // the source has not got it now
	Superseded bool // the policy lets it go, for what the copy sends: it gets the archive only if any of that is gone, too
}

// rescue prepares the item's copies for what other configs prune on the source meanwhile: what the target's policy keeps is archived
// before a copy would take it from the replica (invariant 5). Where anything is gone that the verdicts count on, nothing is pruned.
func (b builder) rescue(item *Item, h history, replica []Snapshot) {
	source, _ := b.holding(item.Job, Source)
	if !source.buildsElsewhere(b.opts.Identity) {
		return
	}
	var rescues []Rescue
	for _, s := range Refresh(source.Snapshots, replica).Shared {
		archive := archiveRef(item.Job.Replica(), s).Name
		kept := func(v Verdict) bool {
			return v.Snapshot == s.Name && (v.Archive == "" || v.Archive == archive) && !v.Expired && v.Reasons[0].Code != CodeMirror
		}
		if !h.archived(s) {
			rescues = append(rescues, Rescue{Snapshot: s.Name, Created: s.CreatedAt, Archive: archive, Superseded: !slices.ContainsFunc(item.Verdicts.Target, kept)})
		}
	}
	for _, s := range h.lost {
		rescues = append(rescues, Rescue{Snapshot: s.Name, Created: s.CreatedAt, Archive: archiveRef(item.Job.Replica(), s).Name, Lost: true, Superseded: true})
	}
	for i, action := range item.Actions {
		if action.Verb == VerbCopy {
			item.Actions[i].Shared, item.Actions[i].Rescues = true, rescues
		}
	}
}

// otherTarget returns the problem of two configs with one uuid: this one's key on the object is about another target. One that only has
// another address now is known by what it holds.
func (b builder) otherTarget(job Job, source Holding) *problem {
	base, ok := source.BaseOf(b.opts.Identity)
	if !ok || b.opts.Address == "" || base.Address == b.opts.Address || b.opts.Reseed[job.Ref] || !base.inUse(b.opts.Now) {
		return nil
	}
	replica, exists := b.holding(job, Target)
	known := base.Snapshot == "" || slices.ContainsFunc(replica.Snapshots, func(s Snapshot) bool {
		return s.Name == base.Snapshot || base.Open && s.Own() && !s.At(b.opts.Location, b.opts.Local).Before(base.At)
	})
	if exists && replica.Config[MarkReplicaOf] == b.opts.Identity && known {
		return nil
	}
	return &problem{fmt.Sprintf("a config with the same uuid copies it to another target, %s at %s", base.Target, base.Address),
		"give every config a uuid of its own (iab.uuid); if this target takes the place of that one: iab run --reseed " + job.Ref.String()}
}

// unexpected are the snapshots that a copy loses and that nobody but the source itself can have lost. Where other configs prune the source by
// their policies, and there still is something to build on, none of them is: the target's policy does not want them either.
func (b builder) unexpected(job Job, lost, shared []Snapshot) []Snapshot {
	if newestOwn(shared) != "" && len(b.othersInUse(job)) > 0 {
		return nil
	}
	return lost
}

// turn is the second of every count of seconds that is this config's, so that runs of several configs that copy the same objects never
// name two snapshots alike, even when they begin in the same second.
func (b builder) turn(jobs []Job) (own, of int64) {
	configs := []string{b.opts.Identity}
	for _, job := range jobs {
		for _, base := range b.othersInUse(job) {
			if !slices.Contains(configs, base.Config) {
				configs = append(configs, base.Config)
			}
		}
	}
	slices.Sort(configs)
	return int64(slices.Index(configs, b.opts.Identity)), int64(len(configs))
}

// stoppedElsewhere warns of an object that a run of another config has stopped: it is that one's to start.
func (b builder) stoppedElsewhere(source Holding) []string {
	whose := source.Config[MarkStopped]
	if whose == "" || whose == b.opts.Identity || source.Running || source.Frozen {
		return nil
	}
	return []string{fmt.Sprintf("a run of another config (%s) has stopped it and will start it again: its snapshot is taken while it is stopped; if no such run goes on, start it and take the key %s away",
		whose, MarkStopped)}
}
