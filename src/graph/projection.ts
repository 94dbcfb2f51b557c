/** From a tower's last row to the embedding. */
import type { TextArchitecture, VisionTransformer } from "../checkpoint/state_dict.ts";
import { projectionHiddenWidth } from "../checkpoint/naming/shapes.ts";
import { type Layers, wholeLayer } from "./layers.ts";

/** The projection `name`: [N, width] -> [N, embedDim]. */
export function project(
  layers: Layers,
  name: string,
  kind: TextArchitecture["projection"] | VisionTransformer["projection"],
  x: string,
  [width, embedDim]: readonly [width: number, embedDim: number],
): string {
  switch (kind) {
    case "none":
      return x;
    case "matrix":
      return layers.projection(x, name, [width, embedDim]);
    case "linear":
      return layers.linear(x, name, width, [wholeLayer(name, embedDim)]);
    case "mlp": {
      const hidden = projectionHiddenWidth(width, embedDim);
      const [first, second] = [`${name}.0`, `${name}.2`];
      const inside = layers.linear(x, first, width, [wholeLayer(first, hidden, false)]);
      const active = layers.activation(inside, "gelu");
      return layers.linear(active, second, hidden, [wholeLayer(second, embedDim, false)]);
    }
  }
}
