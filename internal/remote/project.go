package remote

import (
	"maps"
	"net/http"
	"slices"

	"github.com/lxc/incus/v6/shared/api"
	"golang.org/x/sync/errgroup"

	"iab/internal/plan"
)

// objects lets the group read the instances of projects, unless contents does that on the way.
func (r *reader) objects(group *errgroup.Group, projects []string) {
	if !r.inTurn(projects) {
		r.eachProject(group, projects, r.instances)
	}
}

// inTurn reports whether all of a project is read by one request after the other: of short answers, for which a further connection takes longer
// than waiting for this one.
func (r *reader) inTurn(projects []string) bool { return r.brief && !r.all && len(projects) <= 1 }

// contents lets the group read projects, but for their objects. Whether they are there is found out at the same time: settle comes afterwards.
// What several projects can be asked for together is one request.
func (r *reader) contents(group *errgroup.Group, projects []string) {
	switch {
	case r.all || len(projects) > 1:
		group.Go(func() error { return r.together(projects) })
	case r.inTurn(projects) && r.side == plan.Target:
		r.eachProject(group, projects, r.glimpse)
	case r.inTurn(projects):
		r.eachProject(group, projects, r.instances, r.project, r.profiles)
	default:
		r.eachProject(group, projects, r.project)
		r.eachProject(group, projects, r.profiles)
	}
	if !r.unconnected && !r.brief {
		r.eachProject(group, projects, r.networks)
	}
}

// eachProject lets the group do something for every project, one thing after the other. What goes wrong counts only if the project is there.
func (r *reader) eachProject(group *errgroup.Group, projects []string, do ...func(project string) error) {
	for _, project := range projects {
		group.Go(func() error {
			for _, one := range do {
				r.doubt(project, one(project))
			}
			return nil
		})
	}
}

// doubt notes what went wrong in a project.
func (r *reader) doubt(project string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wrong[project] = first(r.wrong[project], err)
}

// settle takes the projects that are there into the inventory, and nothing of the others. What went wrong in one of those is an error.
func (r *reader) settle(projects []string) error {
	for _, project := range projects {
		wrong, found := r.wrong[project], r.found[project]
		delete(r.wrong, project)
		delete(r.found, project)
		if itself := found.itself; itself != nil && wrong == nil {
			found.Excluded = itself.Config[plan.MarkExclude] == "true"
			r.server.Projects[project] = found.Project
			continue
		}
		maps.DeleteFunc(r.server.Holdings, func(ref plan.Ref, _ plan.Holding) bool { return ref.Project == project })
		if !found.missing && wrong != nil {
			return wrong
		}
	}
	return nil
}

// isSettled reports whether the inventory has the project.
func (r *reader) isSettled(project string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, ok := r.server.Projects[project]
	return ok
}

// foundProject is what has been read of a project.
type foundProject struct {
	plan.Project
	itself  *api.Project // nil: not read
	missing bool         // it is not there, or not for us
}

// update changes what is known of a project.
func (r *reader) update(project string, change func(*foundProject)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	found := r.found[project]
	change(&found)
	r.found[project] = found
}

// glimpse reads the instances of a project and nothing of itself: it is there if they are told.
func (r *reader) glimpse(project string) error {
	err := r.instances(project)
	if err == nil || api.StatusErrorCheck(err, http.StatusNotFound, http.StatusForbidden) {
		r.update(project, func(found *foundProject) { found.itself, found.missing = &api.Project{}, err != nil })
	}
	return err
}

// project reads whether a project is there.
func (r *reader) project(project string) error {
	itself, _, err := r.pair.in(r.side, project).GetProject(project)
	if err != nil {
		err = r.unlessMissing("read project "+project, err)
		r.update(project, func(found *foundProject) { found.missing = err == nil })
		return err
	}
	r.update(project, func(found *foundProject) { found.itself = itself })
	return nil
}

// together reads which of the projects are there, and their profiles. A project may have those of another one; where the list of all
// profiles does not tell of these, the project is asked for them.
func (r *reader) together(projects []string) error {
	if err := r.list(); err != nil {
		return err
	}
	owners := map[string]string{}
	for i := range r.listed {
		itself := &r.listed[i]
		owners[itself.Name] = api.ProjectDefaultName
		if itself.Config["features.profiles"] == "true" || itself.Name == api.ProjectDefaultName {
			owners[itself.Name] = itself.Name
		}
	}
	if err := r.listProfiles(); err != nil {
		return err
	}
	for _, project := range projects {
		itself := slices.IndexFunc(r.listed, func(p api.Project) bool { return p.Name == project })
		if itself < 0 {
			r.update(project, func(found *foundProject) { found.missing = true })
			continue
		}
		r.update(project, func(found *foundProject) { found.itself = &r.listed[itself] })
		if profiles := r.owned[owners[project]]; len(profiles) > 0 { // every project that has its own has at least the default one
			r.offered(project, profiles)
		} else {
			r.doubt(project, r.profiles(project))
		}
	}
	return nil
}

// list asks the server for its projects, once. A restricted certificate is told of those that it may use.
func (r *reader) list() error {
	if r.listed != nil {
		return nil
	}
	list, err := r.pair.servers.On(r.side).GetProjects()
	if err != nil {
		return r.failed("list the projects", err)
	}
	r.listed = append([]api.Project{}, list...)
	return nil
}

// listedNames are the names of the projects that the server tells of.
func (r *reader) listedNames() ([]string, error) {
	err := r.list()
	var names []string
	for i := range r.listed {
		names = append(names, r.listed[i].Name)
	}
	return names, err
}

// profiles reads the profiles that instances of a project can have.
func (r *reader) profiles(project string) error {
	profiles, err := r.pair.in(r.side, project).GetProfiles()
	if err != nil {
		return r.failed("list the profiles of project "+project, err)
	}
	r.offered(project, profiles)
	return nil
}

// listProfiles asks the server for the profiles of all projects, once, if it has such a list.
func (r *reader) listProfiles() error {
	if r.owned != nil || !r.server.Extensions["profiles_all_projects"] {
		return nil
	}
	list, err := r.pair.servers.On(r.side).GetProfilesAllProjects()
	if err != nil && !answered(err) {
		return r.failed("list the profiles of all projects", err)
	}
	r.owned = map[string][]api.Profile{}
	for _, profile := range list {
		r.owned[profile.Project] = append(r.owned[profile.Project], profile)
	}
	return nil
}

func (r *reader) offered(project string, profiles []api.Profile) {
	r.update(project, func(found *foundProject) {
		found.Profiles = map[string]plan.Profile{}
		for i := range profiles {
			found.Profiles[profiles[i].Name] = profileOf(&profiles[i])
			if r.side == plan.Source {
				r.pair.rememberProfile(profileName{project, profiles[i].Name}, found.Profiles[profiles[i].Name])
			}
		}
	})
}

// networks reads which networks a project has for devices.
func (r *reader) networks(project string) error {
	names, err := r.pair.in(r.side, project).GetNetworkNames()
	if err != nil {
		return r.failed("list the networks of project "+project, err)
	}
	r.update(project, func(found *foundProject) {
		found.Networks = map[string]bool{}
		for _, name := range names {
			found.Networks[name] = true
		}
	})
	return nil
}
