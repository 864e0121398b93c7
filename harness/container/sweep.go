package container

import (
	"context"
	"errors"
	"fmt"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
)

// Sweep removes what has the [Labels] of a process of this machine that is gone:
// containers, networks and volumes, and images of [ForThisProcess]. Run does so once in a
// process. What belongs to a process that runs is left alone, and so is what comes from
// another machine.
func Sweep(ctx context.Context) error {
	cli, err := testcontainers.NewDockerClientWithOpts(ctx)
	if err != nil {
		return fmt.Errorf("sweep: %w", err)
	}
	defer cli.Close()
	s := sweeper{ctx: ctx, cli: cli, gone: map[string]bool{}}
	// Containers hold what follows.
	for _, sweep := range []func() error{s.containers, s.networks, s.volumes, s.images} {
		if err := sweep(); err != nil {
			return fmt.Errorf("sweep: %w", err)
		}
	}
	return nil
}

type sweeper struct {
	ctx  context.Context
	cli  client.APIClient
	gone map[string]bool
}

// labelled chooses what has an owner.
func labelled(label string) client.Filters { return client.Filters{}.Add("label", label) }

// left reports whether an owner is gone.
func (s *sweeper) left(owner string) bool {
	is, known := s.gone[owner]
	if !known {
		is = gone(owner)
		s.gone[owner] = is
	}
	return is
}

func (s *sweeper) containers() error {
	all, err := s.cli.ContainerList(s.ctx, client.ContainerListOptions{All: true, Filters: labelled(ownerLabel)})
	if err != nil {
		return err
	}
	var errs []error
	for _, c := range all.Items {
		if s.left(c.Labels[ownerLabel]) {
			_, err := s.cli.ContainerRemove(s.ctx, c.ID, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
			errs = append(errs, unlessGone(err))
		}
	}
	return errors.Join(errs...)
}

func (s *sweeper) networks() error {
	all, err := s.cli.NetworkList(s.ctx, client.NetworkListOptions{Filters: labelled(ownerLabel)})
	if err != nil {
		return err
	}
	var errs []error
	for _, n := range all.Items {
		if s.left(n.Labels[ownerLabel]) {
			_, err := s.cli.NetworkRemove(s.ctx, n.ID, client.NetworkRemoveOptions{})
			errs = append(errs, unlessGone(err))
		}
	}
	return errors.Join(errs...)
}

func (s *sweeper) volumes() error {
	all, err := s.cli.VolumeList(s.ctx, client.VolumeListOptions{Filters: labelled(ownerLabel)})
	if err != nil {
		return err
	}
	var errs []error
	for _, v := range all.Items {
		if s.left(v.Labels[ownerLabel]) {
			_, err := s.cli.VolumeRemove(s.ctx, v.Name, client.VolumeRemoveOptions{})
			errs = append(errs, unlessGone(err))
		}
	}
	return errors.Join(errs...)
}

func (s *sweeper) images() error {
	all, err := s.cli.ImageList(s.ctx, client.ImageListOptions{Filters: labelled(imageOwnerLabel)})
	if err != nil {
		return err
	}
	var errs []error
	for _, i := range all.Items {
		if s.left(i.Labels[imageOwnerLabel]) {
			_, err := s.cli.ImageRemove(s.ctx, i.ID, client.ImageRemoveOptions{Force: true, PruneChildren: true})
			errs = append(errs, unlessGone(err))
		}
	}
	return errors.Join(errs...)
}

// unlessGone takes an error away that says that somebody else was quicker, as another
// process may sweep at the same time, or that it is still in use.
func unlessGone(err error) error {
	if errdefs.IsNotFound(err) || errdefs.IsConflict(err) || errdefs.IsPermissionDenied(err) {
		return nil
	}
	return err
}
