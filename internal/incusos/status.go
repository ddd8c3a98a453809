package incusos

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"
)

// Look is what Incus says of itself and of us, without any rights being needed.
type Look struct {
	Auth        string `json:"auth"` // "trusted" or not; the rest is there for the trusted only
	Environment struct {
		ServerName  string `json:"server_name"`
		Version     string `json:"server_version"`
		PID         int    `json:"server_pid"`
		Clustered   bool   `json:"server_clustered"`
		OSName      string `json:"os_name"`
		Certificate string `json:"certificate_fingerprint"`
	} `json:"environment"`
}

// Trusted reports whether the server knows IAB.
func (l Look) Trusted() bool { return l.Auth == "trusted" }

// Member is one machine of a server; a server that is no cluster is its own only member.
type Member struct {
	Name   string // a member's, else what the server calls itself
	target string // the member to which requests are passed on, empty if it answers itself
}

// Machine is what IncusOS says of itself.
type Machine struct {
	Hostname  string  `json:"hostname"`
	MachineID string  `json:"machine_id"`
	OSName    string  `json:"os_name"`
	OSVersion string  `json:"os_version"`
	NextOS    string  `json:"os_version_next"`
	Ready     bool    `json:"system_is_ready"`
	Uptime    float64 `json:"uptime"` // seconds
}

// Application is one that is installed.
type Application struct {
	Name         string    `json:"name"`
	Version      string    `json:"version"`
	Available    []string  `json:"available"` // versions on the machine, which switching can choose from
	Primary      bool      `json:"primary"`
	Initialized  bool      `json:"initialized"`
	LastRestored time.Time `json:"lastRestored,omitzero"`
	Archivable   bool      `json:"archivable"`
	Why          string    `json:"why,omitempty"` // why it can't be archived
}

// Look asks who answers at the address, or at a member.
func (s *Server) Look(ctx context.Context, m Member) (Look, error) {
	var look Look
	err := s.get(ctx, "look at "+s.Name, "/1.0", m.target, &look)
	return look, err
}

// Members lists the machines of the server: those of its cluster, or the one that it is. A name picks one.
func (s *Server) Members(ctx context.Context, only string) ([]Member, error) {
	if s.Rescue {
		return []Member{{Name: s.Name}}, nil
	}
	look, err := s.Look(ctx, Member{})
	if err != nil {
		return nil, err
	}
	if !look.Environment.Clustered {
		if only != "" && only != look.Environment.ServerName {
			return nil, &Error{Kind: NoMember, Text: fmt.Sprintf("find member %s: %s is no cluster, its name is %s", only, s.Name, foreign(look.Environment.ServerName))}
		}
		return []Member{{Name: look.Environment.ServerName}}, nil
	}
	var urls []string
	if err := s.get(ctx, "list the members of "+s.Name, "/1.0/cluster/members", "", &urls); err != nil {
		return nil, err
	}
	var members []Member
	for _, url := range urls {
		name := path.Base(url)
		if only == "" || only == name {
			members = append(members, Member{name, name})
		}
	}
	if len(members) == 0 {
		return nil, &Error{Kind: NoMember, Text: fmt.Sprintf("find member %s: %s has no such member", only, s.Name), Hint: "`incus cluster list` names the members"}
	}
	return members, nil
}

// Machine reads what IncusOS says of itself. An error of kind NotIncusOS says that it is something else.
func (s *Server) Machine(ctx context.Context, m Member) (Machine, error) {
	what := "look at the system of " + s.title(m)
	if !s.Rescue {
		look, err := s.Look(ctx, m)
		if err != nil {
			return Machine{}, err
		}
		// A certificate that is restricted is told this much.
		if os := look.Environment.OSName; os != "" && os != "IncusOS" {
			return Machine{}, &Error{Kind: NotIncusOS, Text: fmt.Sprintf("%s: it runs %s, not IncusOS", what, foreign(os))}
		}
	}
	var answer struct {
		Environment Machine `json:"environment"`
	}
	err := s.get(ctx, what, "/os/1.0", m.target, &answer)
	if kindOf(err) == NotThere {
		return Machine{}, &Error{Kind: NotIncusOS, Text: what + ": its Incus does not pass on the API of IncusOS", Hint: "that came with Incus 6.12, and 6.0.5 of the long-term line"}
	}
	return answer.Environment, err
}

// Applications lists what is installed on a machine, sorted by name.
func (s *Server) Applications(ctx context.Context, m Member) ([]Application, error) {
	var urls []string
	if err := s.get(ctx, "list the applications of "+s.title(m), "/os/1.0/applications", m.target, &urls); err != nil {
		return nil, err
	}
	var list []Application
	for _, url := range urls {
		app, err := s.application(ctx, m, path.Base(url))
		if err != nil {
			return nil, err
		}
		list = append(list, app)
	}
	slices.SortFunc(list, func(a, b Application) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

// application reads the state of one application.
func (s *Server) application(ctx context.Context, m Member, name string) (Application, error) {
	app := Application{Name: name, Available: []string{}}
	if app.Archivable, app.Why = Archivable(name); !app.Archivable && !ValidApplication(name) {
		return app, nil // its name is not put into a path
	}
	var answer struct {
		State struct {
			Version      string    `json:"version"`
			Available    []string  `json:"available_versions"`
			Primary      bool      `json:"is_primary"`
			Initialized  bool      `json:"initialized"`
			LastRestored time.Time `json:"last_restored"`
		} `json:"state"`
	}
	if err := s.get(ctx, fmt.Sprintf("look at application %s of %s", name, s.title(m)), "/os/1.0/applications/"+name, m.target, &answer); err != nil {
		return app, err
	}
	state := answer.State
	app.Version, app.Primary, app.Initialized, app.LastRestored = state.Version, state.Primary, state.Initialized, state.LastRestored
	app.Available = append(app.Available, state.Available...)
	return app, nil
}

// Survey reads what the machines of a server are, all or one. What can't be read stands where it would. The error is the first one that
// is a failure, nil where there is only nothing to archive.
func (s *Server) Survey(ctx context.Context, side, member string) (HostStatus, error) {
	status := HostStatus{Side: side, Host: s.Name, Machines: []MachineStatus{}}
	members, err := s.Members(ctx, member)
	if err != nil {
		status.Error, status.Hint = err.Error(), adviceOf(err)
		return status, err
	}
	var failed error
	for _, m := range members {
		one := MachineStatus{Member: m.Name, Applications: []Application{}}
		machine, err := s.Machine(ctx, m)
		if err == nil {
			var apps []Application
			apps, err = s.Applications(ctx, m)
			one.Applications = append(one.Applications, apps...)
		}
		one.Hostname, one.MachineID, one.Version, one.NextVersion = machine.Hostname, machine.MachineID, machine.OSVersion, machine.NextOS
		one.Ready, one.UptimeSeconds = machine.Ready, machine.Uptime
		if err != nil {
			one.Error, one.Hint = err.Error(), adviceOf(err)
			if failed == nil && !skippable(err) {
				failed = err
			}
		}
		status.Machines = append(status.Machines, one)
	}
	return status, failed
}

// title names a machine in messages.
func (s *Server) title(m Member) string {
	if m.target == "" {
		return s.Name
	}
	return "member " + m.target + " of " + s.Name
}
