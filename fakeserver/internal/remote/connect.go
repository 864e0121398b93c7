package remote

import (
	"slices"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

func registerConnect(t *Table) {
	handle(t, rpc.ConnectOpen, connectOpen)
	handle(t, rpc.ConnectClose, connectClose)
	handle(t, rpc.ConnectSupportsFeature, connectSupportsFeature)
	handle(t, rpc.ConnectGetType, connectGetType)
	handle(t, rpc.ConnectGetVersion, connectGetVersion)
	handle(t, rpc.ConnectGetLibVersion, connectGetLibVersion)
	handle(t, rpc.ConnectGetUri, connectGetURI)
	handle(t, rpc.ConnectIsSecure, connectIsSecure)
	handle(t, rpc.ConnectRegisterCloseCallback, connectCloseCallback)
	handle(t, rpc.ConnectUnregisterCloseCallback, connectCloseCallback)
}

// connectReadOnly is VIR_CONNECT_RO. C clients leak other bits into the flags
// of CONNECT_OPEN, which the daemon ignores.
const connectReadOnly = 1

func connectOpen(s *Session, a *libvirt.ConnectOpenArgs) (*rpc.None, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.opened.Load() != nil {
		return nil, rpcError("connection already open")
	}
	if len(a.Name) == 0 || s.ended {
		// The daemon takes an absent name for a connection that it need not
		// open, and then finds none.
		return nil, rpcError("connection not open")
	}
	open, readOnly := s.host.Drivers.Open, s.peer.ReadOnly || uint32(a.Flags)&connectReadOnly != 0
	if readOnly {
		open = s.host.Drivers.OpenReadOnly
	}
	conn, err := open(a.Name[0])
	if err != nil {
		return nil, err
	}
	o := &opened{Connection: conn, readOnly: readOnly}
	if err := s.mayOpen(o); err != nil {
		conn.Close()
		return nil, err
	}
	s.opened.Store(o)
	return nil, nil
}

// connectClose only marks the connection: the reply goes out first.
func connectClose(s *Session, _ *rpc.None) (*rpc.None, error) {
	s.closed.Store(true)
	return nil, nil
}

// Features of VIR_DRV_FEATURE_… that the daemon answers itself, whatever the
// driver.
const (
	featureFDPassing           = 8
	featureTypedParamString    = 9
	featureProgramKeepAlive    = 10
	featureRemoteEventCallback = 14
	featureRemoteCloseCallback = 15
	featureNetworkUpdateOrder  = 16
)

func connectSupportsFeature(s *Session, a *libvirt.ConnectSupportsFeatureArgs) (*libvirt.ConnectSupportsFeatureRet, error) {
	if a.Feature == featureProgramKeepAlive {
		// Asking is what switches it on; it is asked before CONNECT_OPEN.
		s.client.StartKeepAlive()
		return &libvirt.ConnectSupportsFeatureRet{Supported: 1}, nil
	}
	o, err := s.connection()
	if err != nil {
		return nil, err
	}
	ret := &libvirt.ConnectSupportsFeatureRet{}
	switch {
	case answersFeature(a.Feature):
		ret.Supported = 1
	case a.Feature == featureTypedParamString, a.Feature == featureNetworkUpdateOrder:
		// Of libvirt as a whole, but it is the driver that says so.
		if o.Driver.TellsFeatures() {
			ret.Supported = 1
		}
	default:
		if slices.Contains(o.Driver.Features, a.Feature) {
			ret.Supported = 1
		}
	}
	return ret, nil
}

// answersFeature reports whether the daemon itself has a feature, whatever the driver.
func answersFeature(feature int32) bool {
	switch feature {
	case featureProgramKeepAlive, featureFDPassing, featureRemoteEventCallback, featureRemoteCloseCallback:
		return true
	}
	return false
}

func connectGetType(s *Session, _ *rpc.None) (*libvirt.ConnectGetTypeRet, error) {
	o, err := s.connection()
	if err != nil {
		return nil, err
	}
	return &libvirt.ConnectGetTypeRet{Type: o.Driver.Type}, nil
}

func connectGetVersion(s *Session, _ *rpc.None) (*libvirt.ConnectGetVersionRet, error) {
	o, err := s.connection()
	if err != nil {
		return nil, err
	}
	return &libvirt.ConnectGetVersionRet{HvVer: o.Driver.Version}, nil
}

func connectGetLibVersion(s *Session, _ *rpc.None) (*libvirt.ConnectGetLibVersionRet, error) {
	if _, err := s.connection(); err != nil {
		return nil, err
	}
	return &libvirt.ConnectGetLibVersionRet{LibVer: uint64(s.host.Version)}, nil
}

func connectGetURI(s *Session, _ *rpc.None) (*libvirt.ConnectGetUriRet, error) {
	o, err := s.connection()
	if err != nil {
		return nil, err
	}
	return &libvirt.ConnectGetUriRet{Uri: o.URI}, nil
}

// connectIsSecure answers for the driver alone, which no network separates from
// the daemon; the client adds what it knows of its own transport. C clients ask
// it for virConnectIsEncrypted too.
func connectIsSecure(s *Session, _ *rpc.None) (*libvirt.ConnectIsSecureRet, error) {
	if _, err := s.connection(); err != nil {
		return nil, err
	}
	return &libvirt.ConnectIsSecureRet{Secure: 1}, nil
}

// connectCloseCallback answers both procedures: neither the test nor the QEMU
// driver ever loses its own connection, so that no event follows.
func connectCloseCallback(s *Session, _ *rpc.None) (*rpc.None, error) {
	_, err := s.connection()
	return nil, err
}
