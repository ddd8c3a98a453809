package runtest

import (
	"context"
	"fmt"
	"maps"

	"iab/internal/plan"
)

// PutProject makes a project, or changes it. A default profile comes with it.
func (w *World) PutProject(side plan.Side, name string, project plan.Project) {
	w.mu.Lock()
	defer w.mu.Unlock()
	project = cloneProject(project)
	if _, ok := project.Profiles[plan.DefaultProfile]; !ok {
		project.Profiles[plan.DefaultProfile] = plan.Profile{}
	}
	w.sides[side].Projects[name] = project
}

// PutProfile makes a profile on a side as a person would, or changes it. The project must be there.
func (w *World) PutProfile(side plan.Side, project, name string, profile plan.Profile) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sides[side].Projects[project].Profiles[name] = cloneProfile(profile)
}

// ProfileOn returns a profile of a side.
func (w *World) ProfileOn(side plan.Side, project, name string) (plan.Profile, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	profile, ok := w.sides[side].Projects[project].Profiles[name]
	return cloneProfile(profile), ok
}

// cloneProject copies a project, so that neither copy changes with the other. Nothing in it is nil.
func cloneProject(p plan.Project) plan.Project {
	copied := plan.Project{Networks: map[string]bool{}, Profiles: map[string]plan.Profile{}}
	maps.Copy(copied.Networks, p.Networks)
	for name, profile := range p.Profiles {
		copied.Profiles[name] = cloneProfile(profile)
	}
	return copied
}

func cloneProfile(p plan.Profile) plan.Profile {
	p.Config, p.Devices = maps.Clone(p.Config), maps.Clone(p.Devices)
	return p
}

// Profile implements run.Servers. As on a real server a NIC's network must exist, and a disk's volume need not.
func (w *World) Profile(ctx context.Context, change plan.ProfileChange) error {
	what := fmt.Sprintf("change profile %s of project %s", change.Profile, change.Project)
	ref := plan.Ref{Project: change.Project, Kind: "profile", Name: change.Profile}
	return w.call(ctx, Call{"profile", plan.Target, ref, ""}, func(target *server) error {
		source, ok := w.sides[plan.Source].Projects[change.Source()].Profiles[change.Profile]
		if !ok {
			return fmt.Errorf("%s: the source has none", what)
		}
		project, ok := target.Projects[change.Project]
		if !ok {
			return fmt.Errorf("%s: the target has no such project", what)
		}
		if held, exists := project.Profiles[change.Profile]; exists && !held.Made(w.identity) {
			return fmt.Errorf("%s: the target has one that IAB did not make", what)
		}
		made := source.Replica(change.Drops, w.identity, "source")
		for name, device := range made.Devices {
			if device["type"] == "nic" && device["network"] != "" && !project.Networks[device["network"]] {
				return fmt.Errorf("%s: device %s: network %s not found", what, name, device["network"])
			}
		}
		project.Profiles[change.Profile] = made
		return nil
	})
}
