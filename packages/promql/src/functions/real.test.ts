import { fc, it as property } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { exp, ln, ln1p, log2, log10, pow } from "./real.ts";
import { acos, acosh, asin, asinh, atan, atan2, atanh, cos, cosh, sin, sinh, tan, tanh } from "./trigonometry.ts";

/** Correct to a few units in the last place. Expected values were computed with 50 decimal digits, or by glibc. */
function expectClose(actual: number, expected: number): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(8e-16 * Math.abs(expected) + 1e-323);
}

describe("exp, ln and pow", () => {
  it.each([
    [1.0000001, 9.999999505838704e-8],
    [1.5, 0.4054651081081644],
    [3.0, 1.0986122886681098],
    [1e-300, -690.7755278982137],
    [5e-324, -744.4400719213812],
    [1e300, 690.7755278982137],
    [0.9999999999, -1.000000082790371e-10],
  ])("ln(%d) is %d", (x, expected) => {
    expectClose(ln(x), expected);
  });

  it.each([
    [0.1, 1.1051709180756477],
    [-0.5, 0.6065306597126334],
    [10.0, 22026.465794806718],
    [-745.0, 5e-324],
    [709.5, 1.3549863193146328e308],
    [1e-10, 1.0000000001],
    [-30.25, 7.287724095819692e-14],
    [0.3465735902799727, 1.4142135623730951],
  ])("exp(%d) is %d", (x, expected) => {
    expectClose(exp(x), expected);
  });

  it.each([
    [1.1, 100.0, 13780.61233982238],
    [2.5, 0.5, 1.5811388300841898],
    [100000.0, -3.7, 3.162277660168373e-19],
    [0.3, 200.25, 1.965763457996386e-105],
    [1.0000001, 123456789.0, 229964.05427356533],
    [7.0, 0.3333333333333333, 1.912931182772389],
    [10.0, -300.5, 3.1622776601683794e-301],
  ])("pow(%d, %d) is %d", (x, y, expected) => {
    expectClose(pow(x, y), expected);
  });

  it("has exact results where they are whole", () => {
    expect([pow(2, 10), pow(3, 4), pow(-2, 3), pow(2, -2), pow(10, 15), pow(2, 1023), pow(2, 1024)]).toEqual([
      1024,
      81,
      -8,
      0.25,
      1e15,
      8.98846567431158e307,
      Infinity,
    ]);
    expect([log2(8), log2(0.25), log2(1.0715086071862673e301), log10(1000), log10(1), log10(1e22)]).toEqual([3, -2, 1000, 3, 0, 22]);
    expect([exp(0), ln(1), exp(-1000), exp(1000)]).toEqual([1, 0, 0, Infinity]);
  });

  it.each([
    [Number.NaN, 0, 1],
    [1, Number.NaN, 1],
    [-1, Infinity, 1],
    [2, Infinity, Infinity],
    [0.5, Infinity, 0],
    [2, -Infinity, 0],
    [0, -2, Infinity],
    [-0, -3, -Infinity],
    [-0, 3, -0],
    [-Infinity, 3, -Infinity],
    [-Infinity, -2, 0],
    [-8, 1 / 3, Number.NaN],
    [Number.NaN, 1, Number.NaN],
  ])("pow(%d, %d) is %d, as in Go", (x, y, expected) => {
    expect(pow(x, y)).toBe(expected);
  });

  it("has no logarithm below zero and an infinite one at zero", () => {
    expect([ln(-1), ln(0), ln(Infinity), ln(Number.NaN), log2(0), log10(-1)]).toEqual([NaN, -Infinity, Infinity, NaN, -Infinity, NaN]);
  });

  property.prop([fc.double({ min: -700, max: 700, noNaN: true })], { seed: 1 })("ln undoes exp", (x) => {
    expect(ln(exp(x))).toBeCloseTo(x, 11);
  });

  property.prop([fc.double({ min: -0.3, max: 0.3, noNaN: true })], { seed: 1 })("ln1p is ln beside 1", (x) => {
    expect(ln1p(x)).toBeCloseTo(ln(1 + x), 14);
  });
});

describe("trigonometric functions", () => {
  it.each([
    [0.5, 0.479425538604203, 0.8775825618903728],
    [1.0, 0.8414709848078965, 0.5403023058681398],
    [2.0, 0.9092974268256817, -0.4161468365471424],
    [3.0, 0.1411200080598672, -0.9899924966004454],
    [-4.0, 0.7568024953079282, -0.6536436208636119],
    [10.0, -0.5440211108893698, -0.8390715290764524],
    [355.0, -3.014435335948845e-5, -0.999999999545659],
    [100000.0, 0.03574879797201651, -0.9993608074382124],
    [1000000.0, -0.34999350217129294, 0.9367521275331447],
    [1700000.0, 0.5711113510481804, -0.8208725995572772],
    [1000000000000000.0, 0.8582727931702359, -0.5131937377869703],
    [1e22, -0.8522008497671888, 0.523214785395139],
    [1e300, -0.8178819121159085, -0.5753861119575491],
  ])("sin and cos of %d are %d and %d", (x, sine, cosine) => {
    expectClose(sin(x), sine);
    expectClose(cos(x), cosine);
  });

  it.each([
    ["tan", tan, 0.5, 0.5463024898437905],
    ["tan", tan, 1.0, 1.5574077246549023],
    ["tan", tan, 2.0, -2.185039863261519],
    ["tan", tan, 100.0, -0.5872139151569291],
    ["asin", asin, 0.1, 0.1001674211615598],
    ["asin", asin, 0.5, 0.5235987755982989],
    ["asin", asin, -0.9, -1.1197695149986342],
    ["asin", asin, 1.0, 1.5707963267948966],
    ["acos", acos, 0.1, 1.4706289056333368],
    ["acos", acos, -0.5, 2.0943951023931957],
    ["acos", acos, 0.9, 0.45102681179626236],
    ["acos", acos, -1.0, 3.141592653589793],
    ["atan", atan, 0.01, 0.009999666686665238],
    ["atan", atan, 0.4, 0.3805063771123649],
    ["atan", atan, 1.0, 0.7853981633974483],
    ["atan", atan, -3.0, -1.2490457723982544],
    ["atan", atan, 10000000000.0, 1.5707963266948965],
    ["sinh", sinh, 0.1, 0.10016675001984403],
    ["sinh", sinh, -0.9, -1.0265167257081753],
    ["sinh", sinh, 2.0, 3.626860407847019],
    ["sinh", sinh, 20.0, 242582597.70489514],
    ["cosh", cosh, 0.1, 1.0050041680558035],
    ["cosh", cosh, -0.9, 1.4330863854487745],
    ["cosh", cosh, 2.0, 3.7621956910836314],
    ["cosh", cosh, 20.0, 242582597.70489514],
    ["tanh", tanh, 0.1, 0.09966799462495582],
    ["tanh", tanh, -0.9, -0.7162978701990245],
    ["tanh", tanh, 2.0, 0.9640275800758169],
    ["tanh", tanh, 20.0, 1.0],
    ["asinh", asinh, 1e-8, 9.999999999999999e-9],
    ["asinh", asinh, 0.5, 0.48121182505960347],
    ["asinh", asinh, -3.0, -1.8184464592320668],
    ["asinh", asinh, 10000000000.0, 23.7189981105004],
    ["acosh", acosh, 1.0, 0.0],
    ["acosh", acosh, 1.0001, 0.014142017775251547],
    ["acosh", acosh, 2.0, 1.3169578969248166],
    ["acosh", acosh, 10000000000.0, 23.7189981105004],
    ["atanh", atanh, 0.01, 0.010000333353334763],
    ["atanh", atanh, -0.5, -0.5493061443340548],
    ["atanh", atanh, 0.99, 2.6466524123622457],
  ] as const)("%s", (_, apply, x, expected) => {
    expect(Math.abs(apply(x) - expected)).toBeLessThanOrEqual(2e-15 * Math.abs(expected));
  });

  it("give NaN where there is no result", () => {
    expect([sin(Infinity), cos(NaN), tan(-Infinity), asin(1.1), acos(-2), acosh(0.5), atanh(2)]).toEqual([
      NaN,
      NaN,
      NaN,
      NaN,
      NaN,
      NaN,
      NaN,
    ]);
  });

  it("reach their limits", () => {
    expect([atan(Infinity), tanh(1000), tanh(-1000), sinh(-1000), cosh(1000), atanh(1), atanh(-1)]).toEqual([
      Math.PI / 2,
      1,
      -1,
      -Infinity,
      Infinity,
      Infinity,
      -Infinity,
    ]);
  });

  it.each([
    [0, -1, Math.PI],
    [-0, -1, -Math.PI],
    [0, 1, 0],
    [-0, 1, -0],
    [1, 0, Math.PI / 2],
    [-1, -0, -Math.PI / 2],
    [0, -0, Math.PI],
    [Infinity, -Infinity, (3 * Math.PI) / 4],
    [1, -Infinity, Math.PI],
    [NaN, 1, NaN],
  ])("atan2(%d, %d) is %d", (y, x, expected) => {
    expect(atan2(y, x)).toBe(expected);
  });

  property.prop([fc.double({ noNaN: true, noDefaultInfinity: true })], { seed: 1 })("squares of sine and cosine add up to 1", (x) => {
    expect(sin(x) * sin(x) + cos(x) * cos(x)).toBeCloseTo(1, 14);
  });
});
