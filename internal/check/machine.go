package check

import (
	"cmp"
	"fmt"
	"time"
)

// soon is how long before its end a certificate is warned of.
const soon = 30 * 24 * time.Hour

func (j *judge) config(c Config) {
	for _, misfit := range c.Problems {
		j.trouble("config", cmp.Or(misfit.Place, c.Path), misfit.Trouble)
	}
	j.warnings("config", c.Path, c.Warnings)
	switch {
	case len(c.Problems) > 0:
	case c.Objects == 0:
		j.warn("config", c.Path, "name projects, instances and volumes in it", "it names no objects: a run has nothing to do")
	case len(c.Warnings) == 0:
		j.ok("config", c.Path, "it is valid and names %s in %s", number(c.Objects, "object", "objects"), number(len(c.Projects), "project", "projects"))
	}
}

// credentials judges IAB's certificate and the files around it.
func (j *judge) credentials(c Certificate) {
	if c.Trouble != nil {
		j.trouble("credentials", c.Dir, *c.Trouble)
		return
	}
	j.warnings("credentials", c.Dir, c.Warnings)
	if len(c.Warnings) == 0 {
		j.ok("credentials", c.Dir, "only IAB's user can read them")
	}
	j.expiry("IAB's certificate "+c.Fingerprint, c.Until, true, "move iab_client.crt and iab_client.key out of "+c.Dir+" and onboard both servers again")
}

// expiry judges until when a certificate is good, and whether anybody whom a run needs minds when it is not any more.
func (j *judge) expiry(what string, until time.Time, minded bool, hint string) {
	day := until.UTC().Format(time.DateOnly)
	switch left := until.Sub(j.facts.At); {
	case left <= 0 && minded:
		j.fail("certificate", what, hint, "it expired on %s", day)
	case left <= 0:
		j.warn("certificate", what, hint, "it expired on %s, which IAB does not mind, and the other server does not connect to this one", day)
	case left < soon:
		j.warn("certificate", what, hint, "it expires on %s, in %s", day, number(int(left/(24*time.Hour)), "day", "days"))
	default:
		j.ok("certificate", what, "it is valid until %s", day)
	}
}

func (j *judge) lock(l Lock) {
	switch {
	case l.Trouble != nil:
		j.trouble("lock", l.Path, *l.Trouble)
	case l.Held:
		j.warn("lock", l.Path, "check again when it has ended: what it works on may look odd meanwhile", "a run holds it at the moment")
	case l.Path != "":
		j.ok("lock", l.Path, "it is free")
	}
}

// services judges who is told of runs.
func (j *judge) services() {
	for _, s := range j.facts.Services {
		switch {
		case s.Trouble != nil:
			j.trouble("notify", s.Name, *s.Trouble)
		case j.facts.Told:
			j.ok("notify", s.Name, "it took the test message")
		default:
			j.ok("notify", s.Name, "its address can be used; --notify sends a test message")
		}
	}
	if len(j.facts.Services) == 0 && j.facts.Told {
		j.warn("notify", "nobody", fmt.Sprintf("set iab.healthchecksUrl or iab.gotifyUrl in %s", j.facts.Config.Path), "no service is configured: nobody is told of a run that fails")
	}
}
