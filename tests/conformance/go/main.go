// What a Go client does on the wire: grpc-go, which shares no code with the server, with no stubs but
// what the server tells of itself by reflection. Prints one JSON line a check:
// {"check": ..., "error": "" or text}. Arguments: host:port, and with TLS the certificate to trust.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/encoding/gzip"
	health "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	reflection "google.golang.org/grpc/reflection/grpc_reflection_v1"
	reflectionalpha "google.golang.org/grpc/reflection/grpc_reflection_v1alpha"
	"google.golang.org/grpc/stats"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
)

const (
	single = "/jina.JinaSingleDataRequestRPC/process_single_data"
	stream = "/jina.JinaRPC/Call"
	// Longer than anything here takes on the slowest machine: a check that runs into it has hung.
	patience = 60 * time.Second
)

var target, certificate string

func main() {
	target = os.Args[1]
	if len(os.Args) > 2 {
		certificate = os.Args[2]
	}
	conn := dial()
	defer conn.Close()
	var request protoreflect.MessageDescriptor
	check("reflection v1 tells of every service, in files that stand for themselves", func(ctx context.Context) error {
		files, err := reflected(ctx, conn)
		if err != nil {
			return err
		}
		found, err := files.FindDescriptorByName("jina.DataRequestProto")
		if err != nil {
			return err
		}
		request = found.(protoreflect.MessageDescriptor)
		return nil
	})
	if request == nil {
		return
	}
	c := client{conn, request}
	check("reflection v1alpha lists the same services", c.reflectionAlpha)
	check("a unary call is answered with an embedding", func(ctx context.Context) error {
		return c.unary(ctx, "a red circle")
	})
	check("a stream is answered in order, window after window", c.stream)
	check("gzip is read and sent", c.gzip)
	check("a message of 16 MiB comes and goes", func(ctx context.Context) error { return c.large(ctx, 16<<20) })
	check("an answer larger than the client takes ends one call", c.tooLarge)
	check("an empty message is answered", c.empty)
	check("a message that is none is INVALID_ARGUMENT", c.malformed)
	check("a deadline is kept", c.deadline)
	check("cancelled calls leave room for others", c.cancel)
	check("more calls than a connection may have open are all answered", c.many)
	check("unknown methods are UNIMPLEMENTED, however many", c.unknown)
	check("metadata of some kilobytes, and of bytes, comes through", c.metadata)
	check("health is checked and watched", c.health)
	check("any text is told in a status", c.text)
}

func check(name string, run func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	text := ""
	if err := run(ctx); err != nil {
		text = err.Error()
	}
	line, _ := json.Marshal(map[string]string{"check": name, "error": text})
	fmt.Println(string(line))
}

func dial(options ...grpc.DialOption) *grpc.ClientConn {
	security := insecure.NewCredentials()
	if certificate != "" {
		made, err := credentials.NewClientTLSFromFile(certificate, "localhost")
		if err != nil {
			panic(err)
		}
		security = made
	}
	conn, err := grpc.NewClient(target, append([]grpc.DialOption{
		grpc.WithTransportCredentials(security),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(1<<30), grpc.MaxCallSendMsgSize(1<<30)),
	}, options...)...)
	if err != nil {
		panic(err)
	}
	return conn
}

// reflected asks for the files of all services, and links them as strictly as Go's own are.
func reflected(ctx context.Context, conn *grpc.ClientConn) (*protoregistry.Files, error) {
	asking, err := reflection.NewServerReflectionClient(conn).ServerReflectionInfo(ctx)
	if err != nil {
		return nil, err
	}
	ask := func(request *reflection.ServerReflectionRequest) (*reflection.ServerReflectionResponse, error) {
		if err := asking.Send(request); err != nil {
			return nil, err
		}
		answer, err := asking.Recv()
		if err == nil && answer.GetErrorResponse() != nil {
			err = fmt.Errorf("%v: %v", request, answer.GetErrorResponse())
		}
		return answer, err
	}
	listed, err := ask(&reflection.ServerReflectionRequest{
		MessageRequest: &reflection.ServerReflectionRequest_ListServices{},
	})
	if err != nil {
		return nil, err
	}
	set, seen := &descriptorpb.FileDescriptorSet{}, map[string]bool{}
	add := func(answer *reflection.ServerReflectionResponse) error {
		for _, bytes := range answer.GetFileDescriptorResponse().GetFileDescriptorProto() {
			file := &descriptorpb.FileDescriptorProto{}
			if err := proto.Unmarshal(bytes, file); err != nil {
				return err
			}
			if !seen[file.GetName()] {
				seen[file.GetName()] = true
				set.File = append(set.File, file)
			}
		}
		return nil
	}
	for _, service := range listed.GetListServicesResponse().GetService() {
		answer, err := ask(&reflection.ServerReflectionRequest{
			MessageRequest: &reflection.ServerReflectionRequest_FileContainingSymbol{
				FileContainingSymbol: service.GetName(),
			},
		})
		if err != nil {
			return nil, err
		}
		if err := add(answer); err != nil {
			return nil, err
		}
	}
	// A file comes with those it needs or without them: what is missing is asked for by name.
	for i := 0; i < len(set.File); i++ {
		for _, name := range set.File[i].GetDependency() {
			if seen[name] {
				continue
			}
			answer, err := ask(&reflection.ServerReflectionRequest{
				MessageRequest: &reflection.ServerReflectionRequest_FileByFilename{FileByFilename: name},
			})
			if err != nil {
				return nil, err
			}
			if err := add(answer); err != nil {
				return nil, err
			}
		}
	}
	if err := asking.CloseSend(); err != nil {
		return nil, err
	}
	if _, err := asking.Recv(); err != io.EOF {
		return nil, fmt.Errorf("the end of the stream is %v", err)
	}
	files, err := protodesc.NewFiles(set)
	if err != nil {
		return nil, err
	}
	for _, service := range listed.GetListServicesResponse().GetService() {
		if _, err := files.FindDescriptorByName(protoreflect.FullName(service.GetName())); err != nil {
			return nil, fmt.Errorf("%s: %w", service.GetName(), err)
		}
	}
	return files, nil
}

type client struct {
	conn    *grpc.ClientConn
	request protoreflect.MessageDescriptor
}

// encode makes a request of texts, read from JSON as grpcurl does.
func (c client) encode(id string, texts ...string) *dynamicpb.Message {
	docs := []map[string]any{}
	for _, text := range texts {
		docs = append(docs, map[string]any{"text": text})
	}
	return c.message(map[string]any{
		"header": map[string]any{"request_id": id, "exec_endpoint": "/"},
		"data":   map[string]any{"docs": map[string]any{"docs": docs}},
	})
}

func (c client) message(content map[string]any) *dynamicpb.Message {
	text, _ := json.Marshal(content)
	message := dynamicpb.NewMessage(c.request)
	if err := protojson.Unmarshal(text, message); err != nil {
		panic(err)
	}
	return message
}

// embedded says what is wrong with an answer to `encode`.
func embedded(answer *dynamicpb.Message, id string, count int) error {
	text, err := protojson.Marshal(answer)
	if err != nil {
		return err
	}
	var read struct {
		Header struct{ RequestId string }
		Data   struct {
			Docs struct {
				Docs []struct {
					Embedding struct{ Dense struct{ Buffer []byte } }
				}
			}
		}
	}
	if err := json.Unmarshal(text, &read); err != nil {
		return err
	}
	if read.Header.RequestId != id {
		return fmt.Errorf("the answer to %q is one to %q", id, read.Header.RequestId)
	}
	docs := read.Data.Docs.Docs
	if len(docs) != count {
		return fmt.Errorf("%d documents, not %d", len(docs), count)
	}
	for _, doc := range docs {
		if len(doc.Embedding.Dense.Buffer) == 0 {
			return fmt.Errorf("no embedding: %.300s", text)
		}
	}
	return nil
}

func (c client) unary(ctx context.Context, text string, options ...grpc.CallOption) error {
	answer := dynamicpb.NewMessage(c.request)
	if err := c.conn.Invoke(ctx, single, c.encode("u", text), answer, options...); err != nil {
		return err
	}
	return embedded(answer, "u", 1)
}

func (c client) open(ctx context.Context, options ...grpc.CallOption) (grpc.ClientStream, error) {
	both := &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}
	return c.conn.NewStream(ctx, both, stream, options...)
}

func (c client) stream(ctx context.Context) error {
	// As small as requests get, and all at once: most of them wait unread.
	const count = 3000
	calls, err := c.open(ctx)
	if err != nil {
		return err
	}
	sent := make(chan error, 1)
	go func() {
		for i := range count {
			if err := calls.SendMsg(c.encode(fmt.Sprint(i), "x")); err != nil {
				sent <- err
				return
			}
		}
		sent <- calls.CloseSend()
	}()
	for i := range count {
		answer := dynamicpb.NewMessage(c.request)
		if err := calls.RecvMsg(answer); err != nil {
			return fmt.Errorf("answer %d: %w", i, err)
		}
		if err := embedded(answer, fmt.Sprint(i), 1); err != nil {
			return err
		}
	}
	if err := calls.RecvMsg(dynamicpb.NewMessage(c.request)); err != io.EOF {
		return fmt.Errorf("the end of the stream is %v", err)
	}
	return <-sent
}

func (c client) gzip(ctx context.Context) error {
	texts := make([]string, 50)
	for i := range texts {
		texts[i] = "a red circle"
	}
	seen := &sizes{}
	c.conn = dial(grpc.WithStatsHandler(seen))
	defer c.conn.Close()
	answer := dynamicpb.NewMessage(c.request)
	err := c.conn.Invoke(ctx, single, c.encode("z", texts...), answer, grpc.UseCompressor(gzip.Name))
	if err != nil {
		return err
	}
	if seen.sent >= proto.Size(c.encode("z", texts...)) || seen.came >= proto.Size(answer) {
		return fmt.Errorf("%d bytes were sent and %d came", seen.sent, seen.came)
	}
	return embedded(answer, "z", len(texts))
}

// sizes of messages on the wire.
type sizes struct{ sent, came int }

func (*sizes) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context   { return ctx }
func (*sizes) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }
func (*sizes) HandleConn(context.Context, stats.ConnStats)                       {}
func (s *sizes) HandleRPC(_ context.Context, event stats.RPCStats) {
	switch event := event.(type) {
	case *stats.OutPayload:
		s.sent += event.CompressedLength
	case *stats.InPayload:
		s.came += event.CompressedLength
	}
}

func (c client) big(bytes int) *dynamicpb.Message {
	return c.message(map[string]any{
		"header": map[string]any{"request_id": "b", "exec_endpoint": "/"},
		"data": map[string]any{"docs": map[string]any{"docs": []any{map[string]any{
			"text": "a red circle",
			"tags": map[string]any{"big": strings.Repeat("0123456789abcdef", bytes/16)},
		}}}},
	})
}

func (c client) large(ctx context.Context, bytes int) error {
	answer := dynamicpb.NewMessage(c.request)
	if err := c.conn.Invoke(ctx, single, c.big(bytes), answer); err != nil {
		return err
	}
	if proto.Size(answer) < bytes {
		return fmt.Errorf("the answer has %d bytes", proto.Size(answer))
	}
	return embedded(answer, "b", 1)
}

func (c client) tooLarge(ctx context.Context) error {
	answer := dynamicpb.NewMessage(c.request)
	err := c.conn.Invoke(ctx, single, c.big(4<<20), answer, grpc.MaxCallRecvMsgSize(1<<20))
	if err := is(codes.ResourceExhausted, err); err != nil {
		return err
	}
	return c.unary(ctx, "after it")
}

func (c client) empty(ctx context.Context) error {
	return c.conn.Invoke(ctx, single, dynamicpb.NewMessage(c.request), dynamicpb.NewMessage(c.request))
}

// raw sends bytes as they are.
type raw struct{}

func (raw) Marshal(v any) ([]byte, error) { return v.([]byte), nil }
func (raw) Unmarshal([]byte, any) error   { return nil }
func (raw) Name() string                  { return "proto" }

func (c client) malformed(ctx context.Context) error {
	var codec encoding.Codec = raw{}
	err := c.conn.Invoke(ctx, single, bytes.Repeat([]byte{255}, 40), nil, grpc.ForceCodec(codec))
	return is(codes.InvalidArgument, err)
}

func (c client) deadline(ctx context.Context) error {
	// Of a stream that nobody ends.
	short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	calls, err := c.open(short)
	if err == nil {
		err = calls.RecvMsg(dynamicpb.NewMessage(c.request))
	}
	return is(codes.DeadlineExceeded, err)
}

func (c client) cancel(ctx context.Context) error {
	for i := range 300 {
		some, cancel := context.WithCancel(ctx)
		calls, err := c.open(some)
		if err != nil {
			cancel()
			return err
		}
		for range i % 3 {
			if err := calls.SendMsg(c.encode("c", "a red circle")); err != nil {
				cancel()
				return err
			}
		}
		cancel()
	}
	return c.unary(ctx, "after them")
}

func (c client) many(ctx context.Context) error {
	errors := make([]error, 400)
	var all sync.WaitGroup
	for i := range errors {
		all.Add(1)
		go func() {
			defer all.Done()
			errors[i] = c.unary(ctx, fmt.Sprint("text ", i%7))
		}()
	}
	all.Wait()
	for _, err := range errors {
		if err != nil {
			return err
		}
	}
	return nil
}

func (c client) unknown(ctx context.Context) error {
	for range 300 {
		err := c.conn.Invoke(ctx, "/jina.Nobody/knows", c.encode("n", "x"), dynamicpb.NewMessage(c.request))
		if err := is(codes.Unimplemented, err); err != nil {
			return err
		}
	}
	return nil
}

func (c client) metadata(ctx context.Context) error {
	more := metadata.AppendToOutgoingContext(ctx,
		"authorization", "Bearer "+strings.Repeat("a", 6000), "trace-bin", "\x00\xff,", "twice", "1", "twice", "2")
	return c.unary(more, "with metadata")
}

func (c client) health(ctx context.Context) error {
	asked := health.NewHealthClient(c.conn)
	for _, service := range []string{"", "jina.JinaRPC"} {
		answer, err := asked.Check(ctx, &health.HealthCheckRequest{Service: service})
		if err != nil || answer.Status != health.HealthCheckResponse_SERVING {
			return fmt.Errorf("%q: %v, %v", service, answer, err)
		}
	}
	_, err := asked.List(ctx, &health.HealthListRequest{})
	if err := is(codes.Unimplemented, err); err != nil {
		return err
	}
	some, cancel := context.WithCancel(ctx)
	defer cancel()
	watch, err := asked.Watch(some, &health.HealthCheckRequest{Service: "nobody"})
	if err != nil {
		return err
	}
	answer, err := watch.Recv()
	if err != nil || answer.Status != health.HealthCheckResponse_SERVICE_UNKNOWN {
		return fmt.Errorf("watching: %v, %v", answer, err)
	}
	cancel()
	_, err = watch.Recv()
	return is(codes.Canceled, err)
}

func (c client) text(ctx context.Context) error {
	name := "ü % %25 ~ \" \\ 😀 \n end"
	_, err := health.NewHealthClient(c.conn).Check(ctx, &health.HealthCheckRequest{Service: name})
	if err := is(codes.NotFound, err); err != nil {
		return err
	}
	if !strings.Contains(status.Convert(err).Message(), name) {
		return fmt.Errorf("the text is %q", status.Convert(err).Message())
	}
	return nil
}

func (c client) reflectionAlpha(ctx context.Context) error {
	asking, err := reflectionalpha.NewServerReflectionClient(c.conn).ServerReflectionInfo(ctx)
	if err != nil {
		return err
	}
	if err := asking.Send(&reflectionalpha.ServerReflectionRequest{
		MessageRequest: &reflectionalpha.ServerReflectionRequest_ListServices{},
	}); err != nil {
		return err
	}
	answer, err := asking.Recv()
	if err != nil {
		return err
	}
	for _, service := range answer.GetListServicesResponse().GetService() {
		if service.Name == "jina.JinaRPC" {
			return asking.CloseSend()
		}
	}
	return fmt.Errorf("the services are %v", answer)
}

func is(code codes.Code, err error) error {
	if status.Code(err) == code {
		return nil
	}
	return fmt.Errorf("%v instead of %v", err, code)
}
