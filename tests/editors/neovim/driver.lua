-- Runs the scenarios in the Neovim that runs this: `nvim -l driver.lua RESULTS [PATTERN]`.
-- Each is said on a line of its own, and added to RESULTS as `pass …` or `fail …`.

local here = vim.env.FIRESTEEL_TESTS .. '/neovim/'
package.path = here .. '?.lua;' .. package.path

local Editor = require('editor')
local results, pattern = arg[1], arg[2] or ''
local version = tostring(vim.version()):match('^[%d.]+')
local prefix = ('neovim %s %s'):format(version, vim.env.FIRESTEEL_GHOST_TEXT or 'auto')

local function report(verdict, name, detail)
  local file = assert(io.open(results, 'a'))
  file:write(verdict, ' ', name, '\n')
  file:close()
  print(('%s %s%s'):format(verdict, name, detail))
end

local function run(scenario)
  local editor = Editor.open(scenario.file, scenario)
  local ok, said = xpcall(scenario.run, function(problem)
    return type(problem) == 'string' and problem or vim.inspect(problem)
  end, editor)
  local closed, not_closed = pcall(editor.close, editor)
  return ok and closed, not (ok and closed) and tostring(ok and not_closed or said) or said
end

local function main()
  local scenarios = {}
  for _, file in ipairs({ 'scenarios', 'edits', 'beside' }) do
    vim.list_extend(scenarios, require(file))
  end
  for _, scenario in ipairs(scenarios) do
    local name = ('%s: %s'):format(prefix, scenario.name)
    if name:find(pattern) then
      local start = vim.uv.hrtime()
      local called, ok, said = pcall(run, scenario)
      local seconds = (' (%.1f s)'):format((vim.uv.hrtime() - start) / 1e9)
      -- What went wrong, or what the scenario measured.
      local detail = not called and ok or said
      report(called and ok and 'pass' or 'fail', name, seconds .. (detail and '\n' .. detail or ''))
    end
  end
end

main()
