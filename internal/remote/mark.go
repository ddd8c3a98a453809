package remote

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/plan"
)

// raceTries is how often an object is read and written again when somebody else has changed it in between.
const raceTries = 5

// raced does a change that reads an object and writes it back, again while the server refuses what was written because the
// object has changed since it was read.
func raced(ctx context.Context, change func() error) error {
	var err error
	for range raceTries {
		err = change()
		if err == nil || ctx.Err() != nil || !api.StatusErrorCheck(err, http.StatusPreconditionFailed) {
			break
		}
	}
	return err
}

// mark sets config keys of an object; an empty value takes a key away. Nothing is written if nothing changes. The server
// itself changes an instance when it starts, stops or is copied, so a lost race is repeated; and so is a failure that may pass.
func (c *projectClient) mark(ctx context.Context, ref plan.Ref, keys map[string]string) error {
	change := c.markInstance
	if ref.Kind == plan.Volume {
		change = c.markVolume
	}
	return c.pair.again(ctx, nil, func(bool) error {
		return raced(ctx, func() error { return change(ctx, ref, keys) })
	})
}

func (c *projectClient) markInstance(ctx context.Context, ref plan.Ref, keys map[string]string) error {
	instance, etag, err := c.GetInstance(ref.Name)
	if err != nil {
		return err
	}
	if keys = different(instance.Config, keys); len(keys) == 0 {
		return nil
	}
	return c.change(ctx, instance, keys, etag)
}

// different are the keys that have another value in the config.
func different(config, keys map[string]string) map[string]string {
	keys = maps.Clone(keys)
	maps.DeleteFunc(keys, func(key, value string) bool { return config[key] == value })
	return keys
}

// change sets config keys of an instance as it was read; an empty value takes a key away. Where that can be, it is a patch, which is done with the
// answer, unlike an update.
func (c *projectClient) change(ctx context.Context, instance *api.Instance, keys map[string]string, etag string) error {
	if !clearsOwn(keys) {
		return c.patchInstance(ctx, instance.Name, instance.Description, keys, etag)
	}
	put := instance.Writable()
	assign(&put.Config, keys)
	op, err := c.UpdateInstance(instance.Name, put, etag)
	if err != nil {
		return err
	}
	return c.ended(ctx, op, nil)
}

// clearsOwn reports whether keys of the server's own are taken away, which it does not take empty in a patch (seen on 6.0.4).
func clearsOwn(keys map[string]string) bool {
	for key, value := range keys {
		if value == "" && !strings.HasPrefix(key, "user.") {
			return true
		}
	}
	return false
}

// patchInstance sets config keys of an instance, whatever else it has; an empty value takes a key away. With it goes the description, which servers
// clear if it is not there (seen on 6.0.4).
func (c *projectClient) patchInstance(ctx context.Context, name, description string, keys map[string]string, etag string) error {
	answer, err := c.patch("/1.0/instances/"+url.PathEscape(name), description, keys, etag)
	if err != nil || answer.Type != api.AsyncResponse {
		return err
	}
	op, err := answer.MetadataAsOperation()
	if err != nil {
		return err
	}
	_, err = c.end(ctx, *op, nil)
	return err
}

// patchVolume is patchInstance for a custom volume.
func (c *projectClient) patchVolume(ref plan.Ref, description string, keys map[string]string) error {
	_, err := c.patch("/1.0/storage-pools/"+url.PathEscape(ref.Pool)+"/volumes/custom/"+url.PathEscape(ref.Name), description, keys, "")
	return err
}

func (c *projectClient) patch(path, description string, keys map[string]string, etag string) (*api.Response, error) {
	info, err := c.GetConnectionInfo()
	if err != nil {
		return nil, err
	}
	answer, _, err := c.RawQuery(http.MethodPatch, path+"?project="+url.QueryEscape(info.Project), map[string]any{"description": description, "config": keys}, etag)
	return answer, err
}

func (c *projectClient) markVolume(_ context.Context, ref plan.Ref, keys map[string]string) error {
	volume, etag, err := c.GetStoragePoolVolume(ref.Pool, "custom", ref.Name)
	if err != nil {
		return err
	}
	put := volume.Writable()
	if !assign(&put.Config, keys) {
		return nil
	}
	return c.UpdateStoragePoolVolume(ref.Pool, "custom", ref.Name, put, etag)
}

// assign changes a config and reports whether anything was different.
func assign(config *api.ConfigMap, keys map[string]string) bool {
	changed := false
	for key, value := range keys {
		if (*config)[key] == value {
			continue
		}
		changed = true
		if value == "" {
			delete(*config, key)
			continue
		}
		if *config == nil {
			*config = api.ConfigMap{}
		}
		(*config)[key] = value
	}
	return changed
}

// DeleteUnfinished removes what an interrupted first copy has left, after looking at its marks once more.
func (p *Pair) DeleteUnfinished(ctx context.Context, job plan.Job) error {
	return p.again(ctx, p.calmed(ctx, plan.Target, job.Replica(), ""), func(bool) error { return p.deleteUnfinished(ctx, job) })
}

func (p *Pair) deleteUnfinished(ctx context.Context, job plan.Job) error {
	ref := job.Replica()
	what := fmt.Sprintf("delete what an interrupted first copy has left of %s", ref)
	config, err := p.config(ref)
	if api.StatusErrorCheck(err, http.StatusNotFound) {
		return nil
	}
	if err != nil {
		return failure(what, err)
	}
	if held := (plan.Holding{Config: config}); !held.Unfinished(p.owner.Identity) {
		return &Error{Text: what + ": it has been completed meanwhile, or its marks were changed", Hint: "run again; if it stays so, look at it on the target"}
	}
	if err := p.idle(ref); err != nil {
		return failure(what, err)
	}
	if gone, err := p.takenAway(ctx, plan.Target, ref); gone || err != nil {
		return err
	}
	c := p.in(plan.Target, ref.Project)
	if ref.Kind == plan.Instance {
		if err := c.mark(ctx, ref, map[string]string{protectionKey: ""}); err != nil {
			return failure(what, err)
		}
	}
	return p.remove(ctx, what, ref)
}

// remove deletes a whole object on the target. Its caller has made sure whose it is.
func (p *Pair) remove(ctx context.Context, what string, ref plan.Ref) error {
	return p.removeOn(ctx, plan.Target, what, ref)
}

func (p *Pair) removeOn(ctx context.Context, side plan.Side, what string, ref plan.Ref) error {
	if side == plan.Target {
		p.forgetReplicas(ref)
	}
	c := p.in(side, ref.Project)
	c.listen()
	if ref.Kind == plan.Volume {
		if err := c.DeleteStoragePoolVolume(ref.Pool, "custom", ref.Name); err != nil {
			return failure(what, err)
		}
		return nil
	}
	op, err := c.DeleteInstance(ref.Name)
	return c.finish(ctx, what, op, err)
}
