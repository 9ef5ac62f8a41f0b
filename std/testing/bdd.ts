/** Stand-in for `jsr:@std/testing/bdd`, on `node:test`: the names this project uses, nothing more. */
export {
  after as afterAll,
  afterEach,
  before as beforeAll,
  beforeEach,
  describe,
  it,
} from "node:test";
