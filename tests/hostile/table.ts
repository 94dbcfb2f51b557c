/** Every attack that the suite makes. */
import type { Attack } from "./attack.ts";
import { allDescriptors, tlsHandshakesThatStop } from "./attacks/connection_attacks.ts";
import { grpcBombs } from "./attacks/grpc_bombs.ts";
import { grpcFrameFloods, grpcGarbage } from "./attacks/grpc_frame_floods.ts";
import {
  grpcClosedWindow,
  grpcSlowMessages,
  grpcUnfinishedCalls,
  grpcUnfinishedEverywhere,
} from "./attacks/grpc_unfinished.ts";
import { httpBigPictures } from "./attacks/http_big_pictures.ts";
import { httpBrokenChunks } from "./attacks/http_broken_chunks.ts";
import { httpObjectBombs } from "./attacks/http_object_bombs.ts";
import {
  httpAccessPaths,
  httpEmptyDocuments,
  httpLongTexts,
  httpManyFaults,
  httpManyMatches,
  httpNestedLists,
  httpUnorderedMarks,
  httpZeroBomb,
} from "./attacks/http_plain_floods.ts";
import {
  httpSlowBodies,
  httpSlowHeaders,
  httpSlowReaders,
  httpUnfinishedBodies,
} from "./attacks/http_slow.ts";
import { uriAttacks } from "./attacks/uri_servers.ts";
import {
  webSocketFloods,
  webSocketIdle,
  webSocketNonsense,
  webSocketSlowFrames,
  webSocketSlowReaders,
  webSocketUnfinishedFrames,
} from "./attacks/websocket_attacks.ts";

/** In the order in which they are made. */
export const ATTACKS: readonly Attack[] = [
  httpBrokenChunks,
  httpObjectBombs,
  httpZeroBomb,
  httpManyFaults,
  httpEmptyDocuments,
  httpNestedLists,
  httpAccessPaths,
  httpManyMatches,
  httpLongTexts,
  httpUnorderedMarks,
  httpBigPictures,
  httpUnfinishedBodies,
  httpSlowHeaders,
  httpSlowBodies,
  httpSlowReaders,
  ...uriAttacks,
  grpcBombs,
  grpcUnfinishedCalls,
  grpcUnfinishedEverywhere,
  grpcSlowMessages,
  grpcClosedWindow,
  grpcFrameFloods,
  grpcGarbage,
  webSocketUnfinishedFrames,
  webSocketSlowFrames,
  webSocketFloods,
  webSocketSlowReaders,
  webSocketNonsense,
  webSocketIdle,
  tlsHandshakesThatStop,
  allDescriptors,
];
