package check

import (
	"fmt"
	"strings"

	"iab/internal/plan"
)

// Judge makes a line of everything that the facts tell: this machine first, then the servers, then the objects.
func Judge(f Facts) []Line {
	j := &judge{facts: f}
	j.config(f.Config)
	if len(f.Config.Problems) == 0 {
		j.credentials(f.Own)
		j.lock(f.Lock)
	}
	if f.Self != nil {
		j.trouble("guest", "this instance", *f.Self)
	}
	for _, side := range plan.BothSides {
		if server := f.Servers.On(side); server != nil {
			j.server(side, *server)
		}
	}
	j.clocks()
	j.stopped()
	if f.Next != nil {
		j.objects(*f.Next)
		j.space(*f.Next)
		j.retention(*f.Next)
	}
	j.coverage()
	j.services()
	return j.lines
}

// judge collects lines.
type judge struct {
	facts Facts
	lines []Line
}

func (j *judge) ok(name, subject, format string, args ...any) {
	j.lines = append(j.lines, Line{Name: name, Subject: subject, State: OK, Text: fmt.Sprintf(format, args...)})
}

func (j *judge) warn(name, subject, hint, format string, args ...any) {
	j.lines = append(j.lines, Line{Name: name, Subject: subject, State: Warn, Text: fmt.Sprintf(format, args...), Hint: hint})
}

func (j *judge) fail(name, subject, hint, format string, args ...any) {
	j.lines = append(j.lines, Line{Name: name, Subject: subject, State: Fail, Text: fmt.Sprintf(format, args...), Hint: hint})
}

// trouble says what could not be done.
func (j *judge) trouble(name, subject string, t Trouble) { j.fail(name, subject, t.Hint, "%s", t.Text) }

// warnings are sentences that end with what to do, behind the last semicolon.
func (j *judge) warnings(name, subject string, list []string) {
	for _, warning := range list {
		text, hint := warning, ""
		if i := strings.LastIndex(warning, "; "); i >= 0 {
			text, hint = warning[:i], warning[i+len("; "):]
		}
		j.warn(name, subject, hint, "%s", text)
	}
}

// found returns the side if it could be read.
func (j *judge) found(side plan.Side) (Server, bool) {
	server := j.facts.Servers.On(side)
	if server == nil || server.Trouble != nil {
		return Server{}, false
	}
	return *server, true
}

// on words something that lies on one side.
func on(side plan.Side, what string) string { return what + " on the " + string(side) }

// number words how many there are of something.
func number(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
